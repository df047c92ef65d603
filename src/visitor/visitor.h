/*
 * visitor.h: numbers for anonymous visitors, and the variant that each visitor gets.
 */
#ifndef CLICKTRACK_VISITOR_H
#define CLICKTRACK_VISITOR_H

#include "postgres.h"
#include "utils/array.h"
#include "utils/inet.h"

extern int64 AnonymousVisitor(const inet *ip, const text *user_agent, const bytea *salt);
extern int PickVariant(ArrayType *weights, int64 visitor_id, int64 seed);

#endif
