/**
 * Jobs, purely: what the Job of a run looks like, and what a Job and its pods say about a run. No
 * client and no clock.
 */
@NullMarked
package dev.salvor.operator.jobs;

import org.jspecify.annotations.NullMarked;
