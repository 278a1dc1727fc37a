/* The least of RESP2 (redis.io, "Redis serialization protocol specification") that a subscription needs. */
#ifndef FLOOR_REDIS_H
#define FLOOR_REDIS_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* One read takes as much as hiredis takes, so that a burst from Redis does not keep the clients waiting longer. */
enum { REDIS_READ_BYTES = 16 * 1024, REDIS_BUFFER_BYTES = 256 * 1024, REDIS_ELEMENTS = 3 };

struct redis {
  int socket;
  size_t start; /* of what is not parsed yet */
  size_t end;
  char bytes[REDIS_BUFFER_BYTES];
};

static void redis_fail(const char *what) {
  fprintf(stderr, "Redis: %s\n", what);
  exit(1);
}

static void redis_subscribe(struct redis *redis, int port, const char *channel) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  redis->socket = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(redis->socket, (struct sockaddr *)&address, sizeof address) < 0) {
    redis_fail("cannot connect");
  }
  if (dprintf(redis->socket, "*2\r\n$9\r\nSUBSCRIBE\r\n$%zu\r\n%s\r\n", strlen(channel), channel) < 0) {
    redis_fail("cannot subscribe");
  }
}

/* Reads once. Called when the socket has something. */
static void redis_read(struct redis *redis) {
  if (redis->start > 0) {
    memmove(redis->bytes, redis->bytes + redis->start, redis->end - redis->start);
    redis->end -= redis->start;
    redis->start = 0;
  }
  size_t room = sizeof redis->bytes - redis->end;
  if (room == 0) {
    redis_fail("a message is longer than the buffer");
  }
  ssize_t count = read(redis->socket, redis->bytes + redis->end, room < REDIS_READ_BYTES ? room : REDIS_READ_BYTES);
  if (count <= 0) {
    redis_fail("the connection was closed");
  }
  redis->end += count;
}

/* Reads "<type><number>\r\n" at *at, and moves *at behind it. Returns 0 when that has not come yet. */
static int redis_number(const struct redis *redis, size_t *at, char *type, long *number) {
  const char *line = redis->bytes + *at;
  const char *newline = memchr(line, '\n', redis->end - *at);
  if (newline == NULL) {
    return 0;
  }
  *type = *line;
  *number = strtol(line + 1, NULL, 10);
  *at += newline + 1 - line;
  return 1;
}

/* Takes the next reply, if it is here as a whole: an array of three strings or numbers. */
static int redis_reply(struct redis *redis, const char *elements[REDIS_ELEMENTS], size_t lengths[REDIS_ELEMENTS]) {
  size_t at = redis->start;
  char type;
  long number;
  if (!redis_number(redis, &at, &type, &number)) {
    return 0;
  }
  if (type != '*' || number != REDIS_ELEMENTS) {
    redis_fail("unexpected answer, an error perhaps");
  }
  for (int i = 0; i < REDIS_ELEMENTS; i++) {
    if (!redis_number(redis, &at, &type, &number)) {
      return 0;
    }
    elements[i] = redis->bytes + at;
    lengths[i] = type == '$' ? (size_t)number : 0;
    at += type == '$' ? number + strlen("\r\n") : 0;
    if (at > redis->end) {
      return 0;
    }
  }
  redis->start = at;
  return 1;
}

/* Finds the next message, skipping confirmations. The payload is valid until the next read. */
static int redis_next(struct redis *redis, const char **payload, size_t *length) {
  static const char message[] = "message";
  const char *elements[REDIS_ELEMENTS];
  size_t lengths[REDIS_ELEMENTS];
  while (redis_reply(redis, elements, lengths)) {
    if (lengths[0] == strlen(message) && memcmp(elements[0], message, lengths[0]) == 0) {
      *payload = elements[2];
      *length = lengths[2];
      return 1;
    }
  }
  return 0;
}

#endif
