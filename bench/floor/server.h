/*
 * What the floor programs have in common: the least that a push gateway can do. One thread, one epoll, one Redis
 * subscription. Every message becomes one WebSocket frame, and every client gets that frame in one send. There are no
 * logs, no limits and no slow readers: a client whose socket is full misses the frame.
 *
 * A program includes this file, defines the functions declared under "How a program sends", and calls serve().
 * It needs Linux and its headers, and no library.
 */
#ifndef FLOOR_SERVER_H
#define FLOOR_SERVER_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "redis.h"
#include "websocket.h"

enum { MAX_CLIENTS = 200000, MAX_DESCRIPTORS = 2000000, BACKLOG = 4096, EVENTS_PER_WAIT = 1024, REQUEST_BYTES = 65536 };

/* How a program sends. */

/* Called once, before the first client. */
static void sending_start(void);
/* A client has been upgraded; frames go to it from now on. */
static void sending_add(int client);
/* A client has gone; its socket is still open. */
static void sending_remove(int client);
/* Sends the frame to each client. The frame may be overwritten when this returns. */
static void sending_broadcast(const int *clients, int count, const unsigned char *frame, size_t length);

/* The upgraded clients, without gaps, and where each descriptor is among them: its index plus one, or zero. */
static int clients[MAX_CLIENTS];
static int client_count;
static int place_of[MAX_DESCRIPTORS];

static int epoll;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void watch(int descriptor) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0) {
    fail("epoll_ctl");
  }
}

static int listen_on(int port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) {
    fail("bind");
  }
  if (listen(listener, BACKLOG) < 0) {
    fail("listen");
  }
  return listener;
}

static void accept_all(int listener) {
  int on = 1;
  int accepted;
  while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(accepted);
  }
}

static void upgrade(int client, const char *request) {
  char response[512];
  int length = websocket_response(request, response, sizeof response);
  if (length == 0) {
    return; /* No key yet. The load test sends its request in one piece. */
  }
  if (client_count == MAX_CLIENTS || write(client, response, length) < 0) {
    return;
  }
  clients[client_count++] = client;
  place_of[client] = client_count;
  sending_add(client);
}

static void leave(int client) {
  int place = place_of[client];
  if (place != 0) {
    int last = clients[--client_count];
    clients[place - 1] = last;
    place_of[last] = place;
    place_of[client] = 0;
    sending_remove(client);
  }
  close(client);
}

static void read_client(int client) {
  static char bytes[REQUEST_BYTES];
  ssize_t count = read(client, bytes, sizeof bytes - 1);
  if (count < 0 && errno == EAGAIN) {
    return;
  }
  if (count <= 0) {
    leave(client);
  } else if (place_of[client] == 0) {
    bytes[count] = 0;
    upgrade(client, bytes);
  } /* What an upgraded client says is dropped. */
}

static void read_redis(struct redis *redis) {
  static unsigned char frame[WEBSOCKET_HEADER_BYTES + WEBSOCKET_MAX_PAYLOAD];
  const char *payload;
  size_t length;
  redis_read(redis);
  while (redis_next(redis, &payload, &length)) {
    if (length <= WEBSOCKET_MAX_PAYLOAD) {
      sending_broadcast(clients, client_count, frame, websocket_frame(payload, length, frame));
    }
  }
}

/* Runs until it is killed, or until Redis goes. */
static int serve(int count, char **arguments) {
  static struct redis redis;
  struct epoll_event events[EVENTS_PER_WAIT];
  if (count != 4) {
    fprintf(stderr, "usage: %s PORT REDIS-PORT CHANNEL\n", arguments[0]);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  epoll = epoll_create1(0);
  sending_start();
  int listener = listen_on(atoi(arguments[1]));
  watch(listener);
  redis_subscribe(&redis, atoi(arguments[2]), arguments[3]);
  watch(redis.socket);
  for (;;) {
    int ready = epoll_wait(epoll, events, EVENTS_PER_WAIT, -1);
    for (int i = 0; i < ready; i++) {
      int descriptor = events[i].data.fd;
      if (descriptor == listener) {
        accept_all(listener);
      } else if (descriptor == redis.socket) {
        read_redis(&redis);
      } else {
        read_client(descriptor);
      }
    }
  }
}

#endif
