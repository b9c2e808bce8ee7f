/* The features of samples as they follow each other in time. */
#include "azc.h"
#include "envelope.h"
#include "extract.h"
#include "time.h"

enum {
    TIME = EDGE_KINDS_FROM_TO(zcr, azc),
    ENVELOPE = EDGE_KINDS_FROM_TO(envelope, envelope),
    AZC = EDGE_KINDS_FROM_TO(azc, azc),
};

_Static_assert((int)EDGE_BITS_zcr == EDGE_TIME_RATE_BITS, "as time.h has it");
_Static_assert((int)EDGE_BITS_rms == EDGE_TIME_UNIT_BITS, "as time.h has it");
_Static_assert((int)EDGE_BITS_line_length == EDGE_TIME_UNIT_BITS, "as time.h has it");
_Static_assert((int)EDGE_BITS_crest == EDGE_TIME_CREST_BITS, "as time.h has it");
_Static_assert((int)EDGE_BITS_sample_kurtosis == EDGE_TIME_KURTOSIS_BITS, "as time.h has it");

static uint16_t smallest_tolerance(const struct edge_wanted *wanted) {
    int32_t smallest = UINT16_MAX;
    for (uint32_t i = 0; i < wanted->count; i++)
        if (edge_is_wanted(wanted, i, AZC) && wanted->features[i].a < smallest)
            smallest = wanted->features[i].a;
    return (uint16_t)smallest;
}

static int32_t value(const struct edge_feature_settings *settings, const struct edge_signal *signal,
                     const struct edge_feature *feature, void *scratch) {
    const int16_t *samples = signal->samples;
    const uint32_t count = signal->count, stride = signal->stride;
    const bool centred = feature->a != 0;
    switch (feature->kind) {
    case EDGE_FEATURE_zcr: return edge_time_zero_crossings(samples, count, stride, centred);
    case EDGE_FEATURE_rms: return edge_time_rms(samples, count, stride, centred);
    case EDGE_FEATURE_crest: return edge_time_crest_factor(samples, count, stride, centred);
    case EDGE_FEATURE_line_length: return edge_time_line_length(samples, count, stride);
    case EDGE_FEATURE_sample_kurtosis: return edge_time_kurtosis(samples, count, stride);
    case EDGE_FEATURE_azc:
        return edge_azc_count(samples, count, stride, scratch, (uint16_t)feature->a);
    default: break;
    }
    return edge_time_envelope_peaks(samples, count, stride, settings->rate, (uint32_t)feature->a,
                                    (uint32_t)feature->b, scratch);
}

uint32_t edge_samples_scratch(const struct edge_feature_settings *settings, uint32_t kinds) {
    if ((kinds & ENVELOPE) != 0)
        return (settings->window + 2 * EDGE_ENVELOPE_EDGE) * (uint32_t)sizeof(int32_t);
    return (kinds & AZC) != 0 ? settings->window * (uint32_t)sizeof(uint16_t) : 0;
}

/* All of one kind after the other, so that levels for AZC stay where they are. */
static void run_kinds(const struct edge_feature_settings *settings,
                      const struct edge_signal *signal, const struct edge_wanted *wanted,
                      uint32_t kinds, void *scratch) {
    for (uint32_t i = 0; i < wanted->count; i++)
        if (edge_is_wanted(wanted, i, kinds))
            wanted->values[i] = value(settings, signal, &wanted->features[i], scratch);
}

void edge_samples_run(const struct edge_feature_settings *settings,
                      const struct edge_signal *signal, const struct edge_wanted *wanted,
                      void *scratch) {
    run_kinds(settings, signal, wanted, TIME & ~(uint32_t)AZC, scratch);
    if ((wanted->kinds & AZC) == 0) return;
    edge_azc_levels(signal->samples, signal->count, signal->stride, smallest_tolerance(wanted),
                    scratch);
    run_kinds(settings, signal, wanted, AZC, scratch);
}
