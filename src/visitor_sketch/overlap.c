#include "postgres.h"
#include "visitor_sketch/visitor_sketch.h"
Overlap
EstimateOverlap(const VisitorSketch *a, const VisitorSketch *b)
{
	return (Overlap){{0}};
}
