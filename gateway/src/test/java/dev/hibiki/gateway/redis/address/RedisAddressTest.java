package dev.hibiki.gateway.redis.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedisAddressTest {
    private static final String FORMS = "redis://[user:password@]host[:port][/db],"
            + " redis-sentinel://[user:password@]host[:port],…[/db]#master,"
            + " redis-cluster://[user:password@]host[:port],… or redis-socket://[user:password@]/path[?db=N];"
            + " rediss… for TLS";

    private static final String SEVERAL =
            "it names a user before several hosts, or before another than the first (expected: one"
                    + " USER:PASSWORD@ before the first host; in the user and the password, @ as %40 and , as %2C)";

    /** Kind, addresses, database, master, and the credentials of the data and of the first seed. */
    private static String told(RedisAddress address) {
        String seeds = address.seeds().stream().map(RedisAddress::where).collect(Collectors.joining(","));
        return address.kind().name().charAt(0) + (address.isTls() ? " tls " : " ") + seeds + " " + address.database()
                + (address.master().isEmpty() ? "" : " master " + address.master())
                + credentials(address.data())
                + (address.kind() != RedisAddress.Kind.SENTINEL
                        ? ""
                        : " seeds" + credentials(address.seeds().get(0)));
    }

    private static String credentials(RedisURI uri) {
        RedisCredentials found = Objects.requireNonNull(
                uri.getCredentialsProvider().resolveCredentials().block());
        return (found.hasUsername() ? " user " + found.getUsername() : "")
                + (found.hasPassword() ? " password " + new String(Objects.requireNonNull(found.getPassword())) : "");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    redis://h                                 | S h:6379 0
                    REDIS://h                                 | S h:6379 0
                    rediss://h                                | S tls h:6379 0
                    redis://h/                                | S h:6379 0
                    redis://h:6380/2                          | S h:6380/2 2
                    redis://h?db=3                            | S h:6379/3 3
                    redis://h/?database=3                     | S h:6379/3 3
                    redis://my_redis:6379                     | S my_redis:6379 0
                    redis://my_redis:6379/2                   | S my_redis:6379/2 2
                    redis://10.0.0.7:65535                    | S 10.0.0.7:65535 0
                    redis://[::1]                             | S [::1]:6379 0
                    redis://[2001:db8::7]:6380                | S [2001:db8::7]:6380 0
                    redis://:s3cret@h                         | S h:6379 0 password s3cret
                    redis://gateway:s3cret@h                  | S h:6379 0 user gateway password s3cret
                    redis://a%3Ab:c@h                         | S h:6379 0 user a:b password c
                    redis://:p%40ss%2Fword%23@h               | S h:6379 0 password p@ss/word#
                    redis://user:pa%25ss@h                    | S h:6379 0 user user password pa%ss
                    redis://user:pa%2525ss@h                  | S h:6379 0 user user password pa%25ss
                    redis://user:a+b@h                        | S h:6379 0 user user password a+b
                    redis://user:%E6%96%B0新%20x@h             | S h:6379 0 user user password 新新 x
                    redis://user:half@s3cret@h                | S h:6379 0 user user password half@s3cret
                    redis://user:a:b!$&'()*,;=@h              | S h:6379 0 user user password a:b!$&'()*,;=
                    redis://s3cret@h                          | S h:6379 0 password s3cret
                    redis://s3,cr@et@h                        | S h:6379 0 password s3,cr@et
                    redis://:@redis:6379                      | S redis:6379 0
                    redis://user:@redis:6379                  | S redis:6379 0
                    redis://@redis:6379                       | S redis:6379 0
                    redis-cluster://:@n1,n2                   | C n1:6379,n2:6379 0
                    redis-socket://:@/run/redis.sock          | S /run/redis.sock 0
                    redis-sentinel://s1#mymaster              | S s1:26379 0 master mymaster seeds
                    rediss-sentinel://u:p@s1:1,s2,[::1]:7/1#m | S tls s1:1,s2:26379,[::1]:7 1 master m user u password p seeds
                    redis-sentinel://s1#my%20master           | S s1:26379 0 master my master seeds
                    redis-cluster://n1:7000,n_2,n3:7002       | C n1:7000,n_2:6379,n3:7002 0
                    rediss-cluster://u:p%23@n1,n2/0           | C tls n1:6379,n2:6379 0 user u password p#
                    redis-socket:///run/redis/redis.sock      | S /run/redis/redis.sock 0
                    redis-socket:///run/redis/redis.sock?db=2 | S /run/redis/redis.sock?db=2 2
                    redis+socket://u:p@/run/a@b%20c.sock      | S /run/a@b c.sock 0 user u password p
                    """, quoteCharacter = '`')
    void shouldRead(String text, String expected) {
        assertThat(told(RedisAddress.parse(text)).strip()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    localhost:6379                 | it has no scheme; did you mean redis://localhost:6379?
                    localhost                      | it has no scheme; did you mean redis://localhost?
                    redis:6379                     | it has no scheme; did you mean redis://redis:6379?
                    redis:localhost:7379           | its scheme is not complete; did you mean redis://localhost:7379?
                    rediss:/h                      | its scheme is not complete; did you mean rediss://h?
                    redis:u:s3cret@h               | its scheme is not complete (expected: redis:// at the beginning)
                    u:s3cret@h                     | it has no scheme (expected: redis:// before user, password and host)
                    //u:s3cret@h                   | it has no scheme (expected: redis:// before user, password and host)
                    h:6379,password=s3cret,ssl=true | it has no scheme (expected: redis:// before user, password and host)
                    //h:7379                       | it has no scheme; did you mean redis://h:7379?
                    unix:/run/redis.sock           | its scheme is not complete; did you mean redis-socket:///run/redis.sock?
                    redis-socket:/run/redis.sock   | its scheme is not complete; did you mean redis-socket:///run/redis.sock?
                    tcp:h:6379                     | its scheme is not complete; did you mean redis://h:6379?
                    redis://h?db=1&auth=s3cret     | it has several parameters (expected: ?db=N, which is the only one)
                    redis-sentinel://a#m/3         | something follows the name of the master (expected: the database before it: redis-sentinel://host/3#mymaster)
                    sentinel://a#m                 | the gateway does not know the scheme sentinel:// (expected: redis-sentinel:// instead)
                    redis+unix:///run/a            | the gateway does not know the scheme redis+unix:// (expected: redis-socket:// instead)
                    "redis://h"                    | it is in quotation marks (expected: the address without them)
                    redis://u:p@a,u:p@b            | SEVERAL
                    redis-cluster://u:p@a,u:p@b    | SEVERAL
                    redis-sentinel://a,u:p@b#m     | SEVERAL
                    redis://h?password=s3cret      | the parameter "password" is not known (expected: the password before the host, as in redis://:PASSWORD@host)
                    rediss://h?auth=s3cret         | the parameter "auth" is not known (expected: the password before the host, as in rediss://:PASSWORD@host)
                    h1:1,h2                        | it names several hosts (expected: redis-sentinel://h1:1,h2#mymaster for Sentinels, or redis-cluster://h1:1,h2 for a cluster)
                    redis://h1,h2                  | it names several hosts (expected: redis-sentinel://h1,h2#mymaster for Sentinels, or redis-cluster://h1,h2 for a cluster)
                    /run/redis/redis.sock          | a path alone is not an address (expected: redis-socket:///run/redis/redis.sock)
                    http://h                       | the gateway does not know the scheme http:// (expected: redis:// instead)
                    tcp://h:6379                   | the gateway does not know the scheme tcp:// (expected: redis:// instead)
                    tls://h:6379                   | the gateway does not know the scheme tls:// (expected: rediss:// instead)
                    redis+tls://h                  | the gateway does not know the scheme redis+tls:// (expected: rediss:// instead)
                    valkey://h                     | the gateway does not know the scheme valkey:// (expected: redis:// instead)
                    unix:///run/redis.sock         | the gateway does not know the scheme unix:// (expected: redis-socket:// instead)
                    redis+sentinel://h/m/0         | the gateway does not know the scheme redis+sentinel:// (expected: redis-sentinel:// instead)
                    gopher://h                     | the scheme gopher:// is not known (expected: FORMS)
                    redis://                       | a host is missing (expected: redis://localhost:6379, for example)
                    redis://:6379                  | a host is missing (expected: redis://localhost:6379, for example)
                    redis://[]:6379                | a host is missing (expected: redis://localhost:6379, for example)
                    redis:///2                     | a host is missing (expected: redis://localhost:6379, for example)
                    redis-cluster://h1,,h2         | a host is missing (expected: redis-cluster://localhost:6379, for example)
                    redis://my redis               | a host name cannot be "my redis" (expected: letters, digits, dots, dashes and underscores, or [IPv6])
                    redis://[::1                   | an IPv6 address needs brackets (expected: redis://[::1]:6379)
                    redis://::1:6379               | an IPv6 address needs brackets (expected: redis://[::1]:6379)
                    redis://h:                     | the port after the host is not valid (expected: a port from 1 to 65535, such as :6379)
                    redis://h:0                    | the port after the host is not valid (expected: a port from 1 to 65535, such as :6379)
                    redis://h:70000                | the port after the host is not valid (expected: a port from 1 to 65535, such as :6379)
                    redis://h:port                 | the port after the host is not valid (expected: a port from 1 to 65535, such as :6379)
                    redis://[::1]6379              | the port after the host is not valid (expected: a port from 1 to 65535, such as :6379)
                    redis-sentinel://h1:p#m        | the port after the host is not valid (expected: a port from 1 to 65535, such as :6379)
                    redis://h/mydb                 | "mydb" is not the number of a database (expected: a number from 0 to 99999, such as 2)
                    redis://h/123456               | "123456" is not the number of a database (expected: a number from 0 to 99999, such as 2)
                    redis://h//                    | "/" is not the number of a database (expected: a number from 0 to 99999, such as 2)
                    redis://h?db=                  | "" is not the number of a database (expected: a number from 0 to 99999, such as 2)
                    redis://h/1?db=2               | it names two databases (expected: one of /N and ?db=N)
                    redis://h?timeout=3s           | the parameter "timeout" is not known (expected: ?db=N, which is the only one)
                    redis://h#m                    | only the address of Sentinels has a master after # (expected: redis-sentinel:// at the beginning, or no #)
                    redis-cluster://h#m            | only the address of Sentinels has a master after # (expected: redis-sentinel:// at the beginning, or no #)
                    redis-cluster://h1,h2/1        | a cluster has only the database 0 (expected: no database)
                    redis-sentinel://h1,h2         | the name of the master after # is missing (expected: redis-sentinel://h1,h2#mymaster)
                    redis-sentinel://h1,h2#        | the name of the master after # is missing (expected: redis-sentinel://h1,h2#mymaster)
                    redis-sentinel://h1,h2/3       | the name of the master after # is missing (expected: redis-sentinel://h1,h2#mymaster)
                    redis-sentinel://h1,h2/main/0  | the name of the master after # is missing (expected: redis-sentinel://h1,h2#main)
                    redis://:s3/cret@h             | the user or the password contains a character that must be written as a code (expected: in the user and the password, / as %2F)
                    redis://:s3#cr?et@h:6379/0     | the user or the password contains a character that must be written as a code (expected: in the user and the password, # as %23, ? as %3F)
                    redis://:s3%zzcret@h           | the user or the password contains a character that must be written as a code (expected: in the user and the password, % as %25)
                    redis://:s3cret%@h             | the user or the password contains a character that must be written as a code (expected: in the user and the password, % as %25)
                    redis://:s3 cret@h             | the user or the password contains a character that must be written as a code (expected: in the user and the password, a space as %20)
                    redis-sentinel://:s3#cret@h#m  | the user or the password contains a character that must be written as a code (expected: in the user and the password, # as %23)
                    redis://:s3cret%FF@h           | its percent codes are not UTF-8 (expected: é as %C3%A9, for example)
                    redis-socket://                | the path of the socket does not begin with / (expected: redis-socket:///run/redis/redis.sock, or redis-socket://USER:PASSWORD@/run/redis/redis.sock; write / in a password as %2F)
                    redis-socket://run/redis.sock  | the path of the socket does not begin with / (expected: redis-socket:///run/redis/redis.sock, or redis-socket://USER:PASSWORD@/run/redis/redis.sock; write / in a password as %2F)
                    redis-socket://:s3/cret@/run/a | the path of the socket does not begin with / (expected: redis-socket:///run/redis/redis.sock, or redis-socket://USER:PASSWORD@/run/redis/redis.sock; write / in a password as %2F)
                    redis-socket:///run/a?timeout=1 | the parameter "timeout" is not known (expected: ?db=N, which is the only one)
                    """, quoteCharacter = '`')
    void shouldSayWhatIsWrongAndWhatToWrite(String text, String expected) {
        assertThatThrownBy(() -> RedisAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(expected.replace("FORMS", FORMS).replace("SEVERAL", SEVERAL));
    }

    @Test
    void shouldTellUserAndPasswordApart() {
        RedisAddress address = RedisAddress.parse("redis://gateway:s3cret@h");

        assertThat(address.user()).isEqualTo("gateway");
        assertThat(address.hasPassword()).isTrue();
        assertThat(RedisAddress.parse("redis://:s3cret@h").user()).isNull();
        assertThat(RedisAddress.parse("redis://h").hasPassword()).isFalse();
    }
}
