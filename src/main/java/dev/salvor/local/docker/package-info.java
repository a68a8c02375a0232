/** This machine's Docker, as far as the host asks it: containers, networks and volumes. */
@NullMarked
package dev.salvor.local.docker;

import org.jspecify.annotations.NullMarked;
