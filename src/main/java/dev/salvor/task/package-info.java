@NullMarked
package dev.salvor.task;

import org.jspecify.annotations.NullMarked;
