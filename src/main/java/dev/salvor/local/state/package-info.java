@NullMarked
package dev.salvor.local.state;

import org.jspecify.annotations.NullMarked;
