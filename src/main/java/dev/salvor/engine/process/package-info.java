@NullMarked
package dev.salvor.engine.process;

import org.jspecify.annotations.NullMarked;
