/* What all answers need. */
#include "answers.h"

#include <stdlib.h>

int root, first_handle;

void *room_for(struct answer *answer, size_t size)
{
	if (answer->used + size > answer->room) {
		answer->room = 2 * (answer->used + size);
		answer->at = realloc(answer->at, answer->room);
		if (!answer->at)
			abort();
	}
	return answer->at + answer->used;
}
