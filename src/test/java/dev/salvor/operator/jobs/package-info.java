@NullMarked
package dev.salvor.operator.jobs;

import org.jspecify.annotations.NullMarked;
