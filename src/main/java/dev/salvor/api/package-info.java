@NullMarked
package dev.salvor.api;

import org.jspecify.annotations.NullMarked;
