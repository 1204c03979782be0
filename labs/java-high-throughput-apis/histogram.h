/* Latencies in logarithmic bins, each 0.5 % wider than the one before. */
#include <math.h>
#include <stdint.h>

enum { BINS = 3700 };   /* 1 us * 1.005^3700 = 103 s */

struct histogram { uint32_t bin[BINS]; uint64_t n; double sum; };

static void add(struct histogram *h, int64_t ns)
{
    double us = ns > 1000 ? ns / 1e3 : 1;
    int bin = (int)(log(us) / log(1.005));
    h->bin[bin < BINS ? bin : BINS - 1]++;
    h->n++;
    h->sum += us;
}

/* The middle of the bin that holds the rank; -1 where nothing was counted. In ms. */
static double percentile(const struct histogram *h, double share)
{
    uint64_t rank = (uint64_t)ceil(share * h->n), seen = 0;
    for (int bin = 0; bin < BINS && h->n; bin++)
        if ((seen += h->bin[bin]) >= rank) return pow(1.005, bin + 0.5) / 1e3;
    return -1;
}
