package dev.hibiki.bench.micro;

import java.lang.annotation.ElementType;
import java.lang.annotation.Target;

/** Tells NullAway, which goes by the simple name, that this set-up method gives the fields their values. */
@Target(ElementType.METHOD)
@interface Initializer {}
