/* SPDX-License-Identifier: MIT */
/* array: grows as needed, keeps what is in it, and fails without damage. */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>

#include "tap.h"

int main(void)
{
	struct err err = {""};
	int *numbers = NULL, *same, wrong = 0, moves = 0;
	size_t room = 0;

	for (int i = 0; i < 10000; i++) {
		size_t before = room;
		int *more = array_grow(&err, numbers, &room, (size_t)i, sizeof(*numbers));

		if (!more || room <= (size_t)i)
			return 1;
		moves += room != before;
		numbers = more;
		numbers[i] = i;
	}
	for (int i = 0; i < 10000; i++)
		wrong += numbers[i] != i;
	is_num(wrong, 0, "10,000 numbers are as they were put in");
	ok(moves <= 11, "room grows by doubling, %d times for 10,000 items", moves);
	same = array_grow(&err, numbers, &room, 5, sizeof(*numbers));
	ok(same == numbers, "an array with room is not moved");
	same = array_grow(&err, numbers, &room, SIZE_MAX / 4, sizeof(*numbers));
	ok(!same && room >= 10000 && strstr(err.msg, "out of memory") && numbers[9999] == 9999,
	    "too many items are an error, and the array stays");
	same = array_grow(&err, numbers, &room, SIZE_MAX - 1, sizeof(*numbers));
	ok(!same && room >= 10000, "a count that cannot be doubled is an error");
	free(numbers);
	return tap_done();
}
