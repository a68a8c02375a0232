/**
 * Damage that was planted on purpose. Each must be refused by its own reason; a single green one
 * means that Salvor would have called a broken backup good.
 */
@NullMarked
package dev.salvor.defects;

import org.jspecify.annotations.NullMarked;
