/* talk.c - see talk.h. */
#include "dbsync/base/talk.h"

#include <stdarg.h>
#include <stdio.h>

void talk_note(const struct talk *talk, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (!talk || !talk->note)
		return;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	talk->note(talk->self, text);
}

void talk_step(const struct talk *talk, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	if (!talk || !talk->step)
		return;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	talk->step(talk->self, text);
}
