/* An io_uring without a library: io_uring_setup(2), io_uring_enter(2), io_uring_register(2). For one thread. */
#ifndef FLOOR_RING_H
#define FLOOR_RING_H

#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RING_ENTRIES = 4096 };

struct ring {
  int descriptor;
  unsigned *submission_tail;
  unsigned submission_mask;
  struct io_uring_sqe *submissions;
  unsigned *completion_head;
  unsigned *completion_tail;
  unsigned waiting; /* entries that the kernel has not been given yet */
};

static void ring_fail(const char *what) {
  perror(what);
  exit(1);
}

static void *ring_map(const struct ring *ring, size_t bytes, off_t what) {
  void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->descriptor, what);
  if (mapped == MAP_FAILED) {
    ring_fail("mmap of io_uring");
  }
  return mapped;
}

static void ring_open(struct ring *ring, unsigned flags) {
  struct io_uring_params params = {.flags = flags};
  ring->descriptor = syscall(SYS_io_uring_setup, RING_ENTRIES, &params);
  if (ring->descriptor < 0) {
    ring_fail("io_uring_setup");
  }
  /* Both queues are in one mapping (IORING_FEAT_SINGLE_MMAP, Linux 5.4); the flags used here need a newer kernel. */
  size_t submission_bytes = params.sq_off.array + params.sq_entries * sizeof(unsigned);
  size_t completion_bytes = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  char *queues = ring_map(
      ring, submission_bytes > completion_bytes ? submission_bytes : completion_bytes, IORING_OFF_SQ_RING);
  ring->submissions = ring_map(ring, params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
  ring->submission_tail = (unsigned *)(queues + params.sq_off.tail);
  ring->submission_mask = *(unsigned *)(queues + params.sq_off.ring_mask);
  ring->completion_head = (unsigned *)(queues + params.cq_off.head);
  ring->completion_tail = (unsigned *)(queues + params.cq_off.tail);
  unsigned *order = (unsigned *)(queues + params.sq_off.array);
  for (unsigned i = 0; i < params.sq_entries; i++) {
    order[i] = i;
  }
}

/* Puts a send into the ring that never waits: a socket that is full takes part of the bytes, or none. */
static void ring_send(struct ring *ring, int socket, const void *bytes, size_t length, unsigned char flags) {
  unsigned tail = *ring->submission_tail;
  struct io_uring_sqe *entry = &ring->submissions[tail & ring->submission_mask];
  memset(entry, 0, sizeof *entry);
  entry->opcode = IORING_OP_SEND;
  entry->flags = flags;
  entry->fd = socket;
  entry->addr = (uintptr_t)bytes;
  entry->len = length;
  entry->msg_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  __atomic_store_n(ring->submission_tail, tail + 1, __ATOMIC_RELEASE);
  ring->waiting++;
}

/* Hands the entries to the kernel, and waits for so many completions. */
static void ring_enter(struct ring *ring, unsigned completions) {
  int taken = syscall(SYS_io_uring_enter, ring->descriptor, ring->waiting, completions, IORING_ENTER_GETEVENTS, NULL, 0);
  if (taken < 0 && errno != EINTR) {
    ring_fail("io_uring_enter");
  }
  ring->waiting -= taken > 0 ? taken : 0;
}

/* Takes all completions that are there, unread. Returns how many. */
static unsigned ring_complete(struct ring *ring) {
  unsigned tail = __atomic_load_n(ring->completion_tail, __ATOMIC_ACQUIRE);
  unsigned count = tail - *ring->completion_head;
  __atomic_store_n(ring->completion_head, tail, __ATOMIC_RELEASE);
  return count;
}

#endif
