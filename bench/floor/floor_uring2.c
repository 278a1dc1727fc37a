/*
 * A lower floor on io_uring: registered files spare the look-up of each descriptor, a send that succeeds makes no
 * completion, and the kernel's own work waits until the program asks for it. Needs Linux 6.1.
 */
#include "server.h"

#include <sys/resource.h>

#include "ring.h"

static struct ring ring;
static unsigned files; /* places for registered files; a client's place is its descriptor */

static void sending_start(void) {
  struct rlimit limit;
  ring_open(&ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
  getrlimit(RLIMIT_NOFILE, &limit);
  files = limit.rlim_cur < MAX_CLIENTS ? limit.rlim_cur : MAX_CLIENTS;
  struct io_uring_rsrc_register table = {.nr = files, .flags = IORING_RSRC_REGISTER_SPARSE};
  if (syscall(SYS_io_uring_register, ring.descriptor, IORING_REGISTER_FILES2, &table, sizeof table) < 0) {
    ring_fail("io_uring_register");
  }
}

/* Puts a descriptor, or -1 for none, into the client's place. */
static void put(int client, int descriptor) {
  struct io_uring_files_update update = {.offset = client, .fds = (uintptr_t)&descriptor};
  if (syscall(SYS_io_uring_register, ring.descriptor, IORING_REGISTER_FILES_UPDATE, &update, 1) != 1) {
    ring_fail("io_uring_register of a client");
  }
}

static void sending_add(int client) {
  put(client, client);
}

static void sending_remove(int client) {
  put(client, -1);
}

static void sending_broadcast(const int *to, int count, const unsigned char *frame, size_t length) {
  for (int i = 0; i < count; i++) {
    ring_send(&ring, to[i], frame, length, IOSQE_FIXED_FILE | IOSQE_CQE_SKIP_SUCCESS);
    if (ring.waiting == RING_ENTRIES || i == count - 1) {
      while (ring.waiting > 0) {
        ring_enter(&ring, 0);
      }
      ring_complete(&ring);
    }
  }
}

int main(int count, char **arguments) {
  return serve(count, arguments);
}
