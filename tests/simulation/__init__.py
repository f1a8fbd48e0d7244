"""The real handlers over the fakes, on virtual time: one seed is one schedule of events and faults."""
