#!/usr/bin/env php
<?php
// Publishes trending videos to Redis, as a site's back end does. Needs php-cli and php-redis.
declare(strict_types=1);

const USAGE = <<<'TEXT'
Usage: php publish.php [options]

  --redis HOST:PORT   the Redis to publish to, or redis://[user:password@]host[:port], rediss://… for TLS, or
                      redis-socket://[user:password@]/path (variable: HIBIKI_REDIS; default: localhost:6379).
                      With TLS, the variable HIBIKI_REDIS_TLS_CA names the file of an authority of your own
  --channel NAME      the channel to publish on (variable: HIBIKI_CHANNEL; default: topvideohub:trending)
  --region CODE       the event's region: US JP KR TW HK VN TH ID BR (variable: HIBIKI_REGION; default: JP)
  --count N           how many events to publish (variable: HIBIKI_COUNT; default: 1)
  --escaped           write titles as \uXXXX, as json_encode does unless told otherwise (variable: HIBIKI_ESCAPED=1)

Writes each event to standard output as it was published, and how many subscribers heard it to standard error.

TEXT;

const TITLES = [
    'US' => 'A new video',
    'JP' => '新しい動画',
    'KR' => '새로운 동영상',
    'TW' => '新的影片',
    'HK' => '新影片',
    'VN' => 'Video mới thịnh hành',
    'TH' => 'วิดีโอใหม่',
    'ID' => 'Video baru',
    'BR' => 'Vídeo em alta',
];

function fail(string $message): never
{
    fwrite(STDERR, "publish.php: $message\n");
    exit(2);
}

/** Flags win over variables, variables over defaults. */
function options(array $arguments): array
{
    $options = [
        'redis' => getenv('HIBIKI_REDIS') ?: 'localhost:6379',
        'channel' => getenv('HIBIKI_CHANNEL') ?: 'topvideohub:trending',
        'region' => getenv('HIBIKI_REGION') ?: 'JP',
        'count' => getenv('HIBIKI_COUNT') ?: '1',
        'escaped' => (bool) getenv('HIBIKI_ESCAPED'),
    ];
    while (($argument = array_shift($arguments)) !== null) {
        $name = substr($argument, 2);
        if ($argument === '--help' || $argument === '-h') {
            echo USAGE;
            exit(0);
        } elseif ($argument === '--escaped') {
            $options['escaped'] = true;
        } elseif (!str_starts_with($argument, '--') || !array_key_exists($name, $options)) {
            fail("unknown option \"$argument\" (--help lists them)");
        } else {
            $options[$name] = array_shift($arguments) ?? fail("$argument needs a value");
        }
    }
    if (!ctype_digit($options['count']) || (int) $options['count'] < 1) {
        fail("--count: \"{$options['count']}\" (expected: a whole number from 1)");
    }
    if (str_contains($options['channel'], ',')) { // The variable may be that of a gateway, which reads several.
        fail("--channel: \"{$options['channel']}\" (expected: one channel; the comma separates several)");
    }
    if (!array_key_exists($options['region'], TITLES)) {
        fail("--region: \"{$options['region']}\" (expected: one of " . implode(' ', array_keys(TITLES)) . ')');
    }
    return $options;
}

/** Returns host or path of a socket, port, and what auth() takes: null, a password, or user and password. Shows no password. */
function address(string $text): array
{
    [$scheme, $rest] = str_contains($text, '://') ? explode('://', $text, 2) : ['redis', $text];
    $at = strrpos($rest, '@');
    $secret = $at === false ? '' : substr($rest, 0, $at);
    $place = $at === false ? $rest : substr($rest, $at + 1);
    if (preg_match('~[/?# ]|%(?![0-9A-Fa-f]{2})~', $secret)) {
        fail('--redis: in the user and the password write / as %2F, ? as %3F, # as %23, % as %25 and a space as %20');
    }
    [$user, $password] = str_contains($secret, ':') ? explode(':', $secret, 2) : ['', $secret];
    $password = rawurldecode($password);
    $auth = $password === '' ? null : ($user === '' ? $password : [rawurldecode($user), $password]);
    if ($scheme === 'redis-socket' && preg_match('~^(/[^?]+)(\?db=\d+)?$~', $place, $parts)) {
        return [rawurldecode($parts[1]), 0, $auth];
    }
    // The number of a database is allowed, and means nothing: PUBLISH reaches the subscribers of all databases.
    if (
        in_array($scheme, ['redis', 'rediss'], true)
        && preg_match('~^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?(/\d*)?$~', $place, $parts)
    ) {
        $host = trim($parts[1], '[]');
        return [$scheme === 'rediss' ? "tls://$host" : $host, (int) ($parts[2] ?? '') ?: 6379, $auth];
    }
    fail('--redis (expected: HOST:PORT, redis://[user:password@]host[:port], rediss://… for TLS, or'
        . ' redis-socket://[user:password@]/path; this example knows neither Sentinel nor Cluster)');
}

function connect(string $address): Redis
{
    if (!extension_loaded('redis')) {
        fail('the extension "redis" is missing: apt-get install php-redis');
    }
    [$host, $port, $auth] = address($address);
    $authority = getenv('HIBIKI_REDIS_TLS_CA');
    $redis = new Redis();
    try {
        $redis->connect($host, $port, 5.0, null, 0, 5.0, $authority ? ['stream' => ['cafile' => $authority]] : []);
        if ($auth !== null && !$redis->auth($auth)) {
            throw new RedisException((string) $redis->getLastError());
        }
    } catch (RedisException $e) {
        $refused = preg_match('~^(WRONGPASS|ERR) ~', $e->getMessage());
        $what = $refused ? 'Redis refuses the user or the password in --redis' : "no Redis at $host" . ($port ? ":$port" : '');
        fail("$what: " . $e->getMessage());
    }
    return $redis;
}

$options = options(array_slice($argv, 1));
// Without JSON_THROW_ON_ERROR, json_encode() returns false for a text that is not UTF-8, and an empty event is published.
$flags = JSON_THROW_ON_ERROR | ($options['escaped'] ? 0 : JSON_UNESCAPED_UNICODE);
$redis = connect($options['redis']);
$heard = 0;

for ($i = 1; $i <= (int) $options['count']; $i++) {
    $videoId = bin2hex(random_bytes(6));
    $event = json_encode([
        'event' => 'new_trending',
        'region' => $options['region'],
        'video_id' => $videoId,
        'title' => TITLES[$options['region']],
        'thumbnail' => "https://i.ytimg.com/vi/$videoId/hqdefault.jpg",
        'channel' => 'Top Video Hub',
        'ts' => time(),
    ], $flags);
    try {
        $heard = $redis->publish($options['channel'], $event);
    } catch (RedisException $e) {
        $hint = str_starts_with($e->getMessage(), 'NOAUTH') ? ' (expected: redis://:PASSWORD@host:port)' : '';
        fail('cannot publish: ' . $e->getMessage() . $hint);
    }
    if ($heard === false) {
        fail('cannot publish: ' . $redis->getLastError());
    }
    echo $event, "\n";
}

fwrite(STDERR, "Published {$options['count']} on {$options['channel']}; $heard subscribers heard the last\n");
if ($heard === 0) {
    fwrite(STDERR, 'Is a gateway connected to this Redis, without --source streams, and is its --channel this name, with the'
        . " prefix that a library may add? curl http://localhost:9765/ shows its channels\n");
}
