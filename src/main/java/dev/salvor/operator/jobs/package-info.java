/** What a Job looks like, and what a Job and its pods mean; pure. */
@NullMarked
package dev.salvor.operator.jobs;

import org.jspecify.annotations.NullMarked;
