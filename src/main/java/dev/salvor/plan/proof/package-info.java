/** What a restored copy proves about a recovery point. */
@NullMarked
package dev.salvor.plan.proof;

import org.jspecify.annotations.NullMarked;
