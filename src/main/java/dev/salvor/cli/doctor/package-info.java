/** Checks a machine or a cluster for what Salvor needs, and says how to mend what is missing. */
@NullMarked
package dev.salvor.cli.doctor;

import org.jspecify.annotations.NullMarked;
