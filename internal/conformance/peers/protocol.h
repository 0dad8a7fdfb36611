// SPDX-License-Identifier: Apache-2.0

// The protocol of the drivers in C. A request is one line with one flat JSON
// object, an answer is one line too:
//
//	{"op":"sign","pair":"EC_P256/ECDSA_SHA_256","digest":"00…","scalar":"01…"}
//	{"ok":"3045…"} or {"error":"what is wrong"}
//
// All values are strings without escapes: octets in hexadecimal, or plain words.
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
	uint8_t *data;
	size_t len;
} octets;

static const char *request;

// field returns the value of this name, or NULL. It is never freed: a driver
// lives for seconds.
static char *field(const char *name) {
	char key[64];
	snprintf(key, sizeof key, "\"%s\":\"", name);
	const char *start = strstr(request, key);
	if (!start)
		return NULL;
	start += strlen(key);
	return strndup(start, strchr(start, '"') - start);
}

static int is(const char *name, const char *value) {
	char *v = field(name);
	int same = v && strcmp(v, value) == 0;
	free(v);
	return same;
}

// bytes decodes a field of hexadecimal digits. A field that is not there has no
// data, one of no digits has data and no length.
static octets bytes(const char *name) {
	octets o = {NULL, 0};
	char *hex = field(name);
	if (!hex)
		return o;
	o.len = strlen(hex) / 2;
	o.data = malloc(o.len + 1);
	for (size_t i = 0; i < o.len; i++)
		sscanf(hex + 2 * i, "%2hhx", &o.data[i]);
	o.data[o.len] = 0;
	free(hex);
	return o;
}

static void reply(const uint8_t *data, size_t len) {
	fputs("{\"ok\":\"", stdout);
	for (size_t i = 0; i < len; i++)
		printf("%02x", data[i]);
	puts("\"}");
}

static void reply_bool(int yes) { puts(yes ? "{\"ok\":\"true\"}" : "{\"ok\":\"false\"}"); }

static void refuse(const char *format, ...) {
	va_list args;
	va_start(args, format);
	fputs("{\"error\":\"", stdout);
	vprintf(format, args);
	puts("\"}");
	va_end(args);
}

// answer answers the request: each driver has its own.
static void answer(void);

int main(void) {
	char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, stdin) > 0) {
		request = line;
		answer();
		fflush(stdout);
	}
	return 0;
}
