/** Throw-away servers that recovery points are proven on. */
@NullMarked
package dev.salvor.engine.postgres.sandbox;

import org.jspecify.annotations.NullMarked;
