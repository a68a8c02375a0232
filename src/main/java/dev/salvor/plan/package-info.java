@NullMarked
package dev.salvor.plan;

import org.jspecify.annotations.NullMarked;
