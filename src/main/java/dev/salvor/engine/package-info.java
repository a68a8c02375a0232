@NullMarked
package dev.salvor.engine;

import org.jspecify.annotations.NullMarked;
