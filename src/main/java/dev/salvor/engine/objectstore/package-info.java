@NullMarked
package dev.salvor.engine.objectstore;

import org.jspecify.annotations.NullMarked;
