@NullMarked
package dev.salvor.local.run;

import org.jspecify.annotations.NullMarked;
