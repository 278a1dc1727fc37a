/* The floor of a server on io_uring: up to 4,096 sends of an event go to the kernel in one call. */
#include "server.h"

#include "ring.h"

static struct ring ring;

static void sending_start(void) {
  ring_open(&ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN);
}

static void sending_add(int client) {
  (void)client;
}

static void sending_remove(int client) {
  (void)client;
}

static void sending_broadcast(const int *to, int count, const unsigned char *frame, size_t length) {
  for (int first = 0; first < count; first += RING_ENTRIES) {
    int batch = count - first < RING_ENTRIES ? count - first : RING_ENTRIES;
    for (int i = 0; i < batch; i++) {
      ring_send(&ring, to[first + i], frame, length, 0);
    }
    for (int left = batch; left > 0; left -= ring_complete(&ring)) {
      ring_enter(&ring, left);
    }
  }
}

int main(int count, char **arguments) {
  return serve(count, arguments);
}
