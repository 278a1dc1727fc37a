/* The floor of a server that calls send() once per client and event. */
#include "server.h"

static void sending_start(void) {}

static void sending_add(int client) {
  (void)client;
}

static void sending_remove(int client) {
  (void)client;
}

static void sending_broadcast(const int *to, int count, const unsigned char *frame, size_t length) {
  for (int i = 0; i < count; i++) {
    send(to[i], frame, length, MSG_NOSIGNAL);
  }
}

int main(int count, char **arguments) {
  return serve(count, arguments);
}
