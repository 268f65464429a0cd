/* SPDX-License-Identifier: MIT */
/* telnet: see telnet.h. */
#include "telnet.h"

#include <string.h>

enum {
	IAC = 255,
	DONT = 254,
	DO = 253,
	WONT = 252,
	WILL = 251,
	SB = 250,
	BRK = 243,
	SE = 240,
	OPTION_BINARY = 0,
	OPTION_ECHO = 1,
	OPTION_SUPPRESS_GO_AHEAD = 3,
	OPTION_COM_PORT = 44, /* RFC 2217 */
	COM_PORT_SET_CONTROL = 5,
	COM_PORT_BREAK_ON = 5,
	COM_PORT_BREAK_OFF = 6
};

enum { STATE_DATA, STATE_IAC, STATE_VERB, STATE_SB, STATE_SB_IAC };

void telnet_init(struct telnet *telnet)
{
	memset(telnet, 0, sizeof(*telnet));
}

size_t telnet_hello(unsigned char reply[TELNET_REPLY_MAX])
{
	static const unsigned char hello[] = {IAC, DO, OPTION_SUPPRESS_GO_AHEAD, IAC, DO,
	    OPTION_BINARY, IAC, WILL, OPTION_BINARY, IAC, WILL, OPTION_COM_PORT};

	memcpy(reply, hello, sizeof(hello));
	return sizeof(hello);
}

static void telnet_answer(unsigned char verb, unsigned char option,
    unsigned char reply[TELNET_REPLY_MAX], size_t *reply_len)
{
	const unsigned char answer[] = {IAC, verb, option};

	if (*reply_len + sizeof(answer) > TELNET_REPLY_MAX)
		return;
	memcpy(reply + *reply_len, answer, sizeof(answer));
	*reply_len += sizeof(answer);
}

/* The server offers (WILL) or asks for (DO) an option. What hello asked for needs no answer. */
static void telnet_option(struct telnet *telnet, unsigned char option,
    unsigned char reply[TELNET_REPLY_MAX], size_t *reply_len)
{
	const int ours = option == OPTION_SUPPRESS_GO_AHEAD || option == OPTION_BINARY;
	const unsigned char verb = telnet->verb;

	if (option == OPTION_COM_PORT && verb == DO)
		telnet->com_port = 1;
	if (option == OPTION_COM_PORT || (ours && (verb == WILL || option == OPTION_BINARY)))
		return;
	if ((verb != DO && verb != WILL) || telnet->asked[option >> 3] & 1 << (option & 7))
		return;
	telnet->asked[option >> 3] |= (unsigned char)(1 << (option & 7));
	if (verb == WILL)
		telnet_answer(option == OPTION_ECHO ? DO : DONT, option, reply, reply_len);
	else
		telnet_answer(
		    option == OPTION_SUPPRESS_GO_AHEAD ? WILL : WONT, option, reply, reply_len);
}

/* What follows IAC: the next state; *data is 1 if the byte is data after all. */
static int telnet_command(struct telnet *telnet, unsigned char c, int *data)
{
	if (c == IAC)
		*data = 1;
	if (c == SB)
		return STATE_SB;
	if (c < WILL || c == IAC)
		return STATE_DATA;
	telnet->verb = c;
	return STATE_VERB;
}

size_t telnet_receive(struct telnet *telnet, char *bytes, size_t len,
    unsigned char reply[TELNET_REPLY_MAX], size_t *reply_len)
{
	size_t out = 0;

	*reply_len = 0;
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)bytes[i];
		int data = 0;

		switch (telnet->state) {
		case STATE_DATA:
			data = c != IAC;
			telnet->state = c == IAC ? STATE_IAC : STATE_DATA;
			break;
		case STATE_IAC:
			telnet->state = telnet_command(telnet, c, &data);
			break;
		case STATE_VERB:
			telnet_option(telnet, c, reply, reply_len);
			telnet->state = STATE_DATA;
			break;
		case STATE_SB:
			telnet->state = c == IAC ? STATE_SB_IAC : STATE_SB;
			break;
		default:
			telnet->state = c == SE ? STATE_DATA : STATE_SB;
		}
		if (data)
			bytes[out++] = (char)c;
	}
	return out;
}

size_t telnet_send(const char *bytes, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)bytes[i] == IAC)
			out[n++] = (char)IAC;
		out[n++] = bytes[i];
	}
	return n;
}

size_t telnet_break(const struct telnet *telnet, int begin, unsigned char out[TELNET_BREAK_MAX])
{
	const unsigned char plain[] = {IAC, BRK};
	const unsigned char com_port[] = {IAC, SB, OPTION_COM_PORT, COM_PORT_SET_CONTROL,
	    begin ? COM_PORT_BREAK_ON : COM_PORT_BREAK_OFF, IAC, SE};

	if (telnet->com_port) {
		memcpy(out, com_port, sizeof(com_port));
		return sizeof(com_port);
	}
	memcpy(out, plain, sizeof(plain));
	return begin ? sizeof(plain) : 0;
}
