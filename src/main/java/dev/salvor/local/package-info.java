@NullMarked
package dev.salvor.local;

import org.jspecify.annotations.NullMarked;
