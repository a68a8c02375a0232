@NullMarked
package dev.salvor.engine.postgres;

import org.jspecify.annotations.NullMarked;
