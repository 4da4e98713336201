/* The guest's end: by itself, or because it cannot go on. */
#include "guest.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

void (*before_power_off)(void);

_Noreturn void power_off(void)
{
	if (before_power_off)
		before_power_off();
	tcdrain(STDOUT_FILENO);
	/* microvm without ACPI cannot be switched off, but reset; QEMU runs with -no-reboot. */
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

_Noreturn void trouble(enum trouble code, const char *format, ...)
{
	char text[512];
	uint32_t number = code;
	va_list arguments;
	memcpy(text, &number, 4);
	va_start(arguments, format);
	int size = vsnprintf(text + 4, sizeof(text) - 4, format, arguments);
	va_end(arguments);
	if (size > (int)sizeof(text) - 5)
		size = sizeof(text) - 5;
	fprintf(stderr, "kloop: %s\n", text + 4);
	if (!wire_is_open())
		wire_wait_for_port();
	if (wire_is_open()) {
		wire_send(FRAME_TROUBLE, 0, 0, text, 4 + (size_t)size);
		while (wire_wants_write()) {
			struct pollfd port = { .fd = wire_fd(), .events = POLLOUT };
			poll(&port, 1, 1000);
			wire_flush();
		}
		/* The host ends the VM when it has read this. */
		poll(NULL, 0, 5000);
	}
	power_off();
}
