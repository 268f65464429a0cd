/* SPDX-License-Identifier: MIT */
/*
 * empty: a FastCGI program that does nothing but answer BYTES bytes, on libfcgi's simplest interface:
 * what lighttpd and FastCGI cost by themselves. It reads no file but its own name's ".size".
 */
#include <fcgiapp.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	static char body[32768];
	char path[4096];
	int size = 0;
	FCGX_Stream *in, *out, *err;
	FCGX_ParamArray env;
	FILE *file;

	(void)argc;
	snprintf(path, sizeof(path), "%s.size", argv[0]);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%5d", &size) != 1 || size < 0 || size > (int)sizeof(body))
		return 1;
	fclose(file);
	memset(body, 'x', sizeof(body));
	while (FCGX_Accept(&in, &out, &err, &env) >= 0) {
		FCGX_FPrintF(out,
		    "Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
		    "Cache-Control: no-store\r\n\r\n",
		    size);
		FCGX_PutStr(body, size, out);
	}
	return 0;
}
