/* A server's handshake and text frames (RFC 6455), with the SHA-1 (FIPS 180-4) and base64 that the handshake needs. */
#ifndef FLOOR_WEBSOCKET_H
#define FLOOR_WEBSOCKET_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WEBSOCKET_HEADER_BYTES = 4, WEBSOCKET_MAX_PAYLOAD = 65535 };
enum { KEY_CHARS = 24, SHA1_BYTES = 20, SHA1_BLOCK_BYTES = 64, ACCEPT_BLOCKS = 2 };

static uint32_t rotate_left(uint32_t value, int bits) {
  return value << bits | value >> (32 - bits);
}

static void sha1_block(uint32_t state[5], const unsigned char *block) {
  uint32_t words[80];
  for (int i = 0; i < 16; i++, block += 4) {
    words[i] = (uint32_t)block[0] << 24 | block[1] << 16 | block[2] << 8 | block[3];
  }
  for (int i = 16; i < 80; i++) {
    words[i] = rotate_left(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (int i = 0; i < 80; i++) {
    uint32_t mixed = i < 20 ? (b & c) | (~b & d) : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
    uint32_t constant = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
    uint32_t next = rotate_left(a, 5) + mixed + e + constant + words[i];
    e = d;
    d = c;
    c = rotate_left(b, 30);
    b = a;
    a = next;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

/* Of a text that fills ACCEPT_BLOCKS blocks with its padding. */
static void sha1(const char *text, unsigned char digest[SHA1_BYTES]) {
  uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  unsigned char padded[ACCEPT_BLOCKS * SHA1_BLOCK_BYTES] = {0};
  size_t length = strlen(text);
  memcpy(padded, text, length);
  padded[length] = 0x80;
  padded[sizeof padded - 2] = length * 8 >> 8;
  padded[sizeof padded - 1] = length * 8;
  for (int i = 0; i < ACCEPT_BLOCKS; i++) {
    sha1_block(state, padded + i * SHA1_BLOCK_BYTES);
  }
  for (int i = 0; i < SHA1_BYTES; i++) {
    digest[i] = state[i / 4] >> (24 - i % 4 * 8);
  }
}

/* Of one digest, which leaves two bytes for the last group. */
static void base64(const unsigned char digest[SHA1_BYTES], char text[29]) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < SHA1_BYTES; i += 3) {
    uint32_t group = (uint32_t)digest[i] << 16 | digest[i + 1] << 8 | (i + 2 < SHA1_BYTES ? digest[i + 2] : 0);
    for (int shift = 18; shift >= 0; shift -= 6) {
      *text++ = letters[group >> shift & 63];
    }
  }
  text[-1] = '=';
  *text = 0;
}

/* Writes the answer to an upgrade. Returns its length; 0 when the request has no key. */
static int websocket_response(const char *request, char *response, size_t room) {
  static const char header[] = "sec-websocket-key:";
  const char *key = strcasestr(request, header);
  char text[KEY_CHARS + 37];
  unsigned char digest[SHA1_BYTES];
  char accept[29];
  if (key == NULL) {
    return 0;
  }
  key += strlen(header);
  key += strspn(key, " ");
  if (strcspn(key, "\r\n ") != KEY_CHARS) {
    return 0;
  }
  snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1(text, digest);
  base64(digest, accept);
  return snprintf(
      response, room,
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
      accept);
}

/* Writes a text frame of at most WEBSOCKET_MAX_PAYLOAD bytes. Returns its length. */
static size_t websocket_frame(const char *payload, size_t length, unsigned char *frame) {
  size_t header = 2;
  frame[0] = 0x81;
  if (length < 126) {
    frame[1] = length;
  } else {
    frame[1] = 126;
    frame[2] = length >> 8;
    frame[3] = length;
    header = WEBSOCKET_HEADER_BYTES;
  }
  memcpy(frame + header, payload, length);
  return header + length;
}

#endif
