@NullMarked
package dev.salvor.engine.restic;

import org.jspecify.annotations.NullMarked;
