/*
 * origin.h: where a click came from, in 64 bits that tell no person.
 */
#ifndef CLICKTRACK_ORIGIN_H
#define CLICKTRACK_ORIGIN_H

#include "postgres.h"
#include "utils/inet.h"

extern uint64 ClickOrigin(int32 agent_id, const inet *ip);

#endif
