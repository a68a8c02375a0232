@NullMarked
package dev.salvor.operator;

import org.jspecify.annotations.NullMarked;
