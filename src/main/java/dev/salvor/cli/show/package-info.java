@NullMarked
package dev.salvor.cli.show;

import org.jspecify.annotations.NullMarked;
