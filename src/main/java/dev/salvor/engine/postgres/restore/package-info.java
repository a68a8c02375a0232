/** Restoring dumps: what is in them, which roles they need, how they reach a server. */
@NullMarked
package dev.salvor.engine.postgres.restore;

import org.jspecify.annotations.NullMarked;
