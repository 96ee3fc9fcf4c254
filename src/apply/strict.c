/* strict.c - see strict.h. */
#include "strict.h"

#include <stddef.h>

bool strict_is_of_value(unsigned server_errno)
{
	static const unsigned numbers[] = {
		1264 /* range */,
		1265 /* cut */,
		1292 /* wrong value, also of an operand */,
		1366 /* wrong text */,
		1406 /* too long */,
		1411 /* no date */,
		1525 /* wrong value */,
		3156 /* JSON that is cast */,
		3751 /* cut, of a key over an expression */,
		3752 /* range, likewise */,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (numbers[i] == server_errno)
			return true;
	return false;
}
