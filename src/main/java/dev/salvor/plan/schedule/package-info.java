/** When something runs: cron in a time zone, and which tick is due. */
@NullMarked
package dev.salvor.plan.schedule;

import org.jspecify.annotations.NullMarked;
