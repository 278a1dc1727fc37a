#!/usr/bin/env php
<?php
// Publishes trending videos to Redis, as a site's back end does. Needs php-cli and php-redis.
declare(strict_types=1);

const USAGE = <<<'TEXT'
Usage: php publish.php [options]

  --redis HOST:PORT   the Redis to publish to, or redis://[user:password@]host[:port]
                      (variable: HIBIKI_REDIS; default: localhost:6379)
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
        if ($argument === '--help') {
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
    if (!array_key_exists($options['region'], TITLES)) {
        fail("--region: \"{$options['region']}\" (expected: one of " . implode(' ', array_keys(TITLES)) . ')');
    }
    return $options;
}

function connect(string $address): Redis
{
    if (!extension_loaded('redis')) {
        fail('the extension "redis" is missing: apt-get install php-redis');
    }
    $uri = parse_url(str_contains($address, '://') ? $address : "redis://$address");
    if ($uri === false || ($uri['scheme'] ?? '') !== 'redis' || !isset($uri['host'])) {
        fail('--redis (expected: host:port or redis://[user:password@]host[:port])');
    }
    $redis = new Redis();
    try {
        $redis->connect(trim($uri['host'], '[]'), $uri['port'] ?? 6379, 5.0);
        if (isset($uri['pass'])) {
            $password = rawurldecode($uri['pass']);
            $redis->auth(empty($uri['user']) ? $password : [rawurldecode($uri['user']), $password]);
        }
    } catch (RedisException $e) {
        fail("no Redis at {$uri['host']}: " . $e->getMessage());
    }
    return $redis;
}

$options = options(array_slice($argv, 1));
$flags = $options['escaped'] ? 0 : JSON_UNESCAPED_UNICODE;
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
        fail('cannot publish: ' . $e->getMessage());
    }
    if ($heard === false) {
        fail('cannot publish: ' . $redis->getLastError());
    }
    echo $event, "\n";
}

fwrite(STDERR, "Published {$options['count']} on {$options['channel']}; $heard subscribers heard the last\n");
