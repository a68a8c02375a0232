/** Containers that hold still for runs: stopped or paused, and taken back whatever happens. */
@NullMarked
package dev.salvor.local.hold;

import org.jspecify.annotations.NullMarked;
