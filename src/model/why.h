/* why.h: what the models that give reasons share. */
#ifndef RECPIPE_MODEL_WHY_H
#define RECPIPE_MODEL_WHY_H

#include "model/model.h"

/* Reasons by item become one each, their weights added; those above 0 in order of weight, then of item. Returns how many. */
size_t reasons_settle(struct reason *r, size_t n);

#endif
