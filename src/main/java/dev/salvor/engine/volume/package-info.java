/**
 * File trees as they are: what each entry is (type, owner, mode, times, links, attributes), read by
 * an own walk before and after the engine reads the bytes, and compared after a restore. Bytes are
 * restic's.
 */
@NullMarked
package dev.salvor.engine.volume;

import org.jspecify.annotations.NullMarked;
