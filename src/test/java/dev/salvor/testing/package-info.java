/** Real servers for tests: thrown away, reachable from this machine only. */
@NullMarked
package dev.salvor.testing;

import org.jspecify.annotations.NullMarked;
