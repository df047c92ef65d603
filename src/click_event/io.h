/*
 * io.h: the text and the binary form of a click_event, for what consists of clicks.
 */
#ifndef CLICKTRACK_CLICK_EVENT_IO_H
#define CLICKTRACK_CLICK_EVENT_IO_H

#include "click_event/click_event.h"
#include "lib/stringinfo.h"
#include "nodes/nodes.h"

extern void AppendClickFields(StringInfo out, const ClickEvent *click);
extern bool ParseClickEvent(const char *text, ClickEvent *click, Node *escontext);
extern void SendClickEvent(StringInfo buf, const ClickEvent *click);
extern void ReceiveClickEvent(StringInfo buf, ClickEvent *click);

#endif
